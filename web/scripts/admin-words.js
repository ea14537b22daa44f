// The words for what the API names.

import { badge } from './admin-parts.js';
import { text } from './texts.js';

export const ROLES = { user: text('admin.role_user'), staff: text('admin.role_staff'), admin: text('admin.role_admin') };
export const STATUSES = { active: text('admin.active'), disabled: text('admin.disabled') };
export const METHODS = {
  pwd: text('common.password'), password: text('common.password'), webauthn: text('admin.method_passkey'),
  totp: text('common.authenticator_app'), recovery_code: text('common.recovery_codes'),
};
export const MUST_CHANGE = {
  initial: text('admin.must_change_initial'), staff: text('admin.must_change_staff'), compromised: text('admin.must_change_compromised'),
};

export const methodOf = (name) => (Object.hasOwn(METHODS, name) ? METHODS[name] : name);

export function statusBadge(status) {
  return badge(status === 'active' ? 'good' : 'bad', STATUSES[status]);
}

export function roleBadge(role) {
  return role === 'user' ? ROLES.user : badge('accent', ROLES[role]);
}

export function outcomeBadge(outcome) {
  return badge(outcome === 'success' ? 'good' : 'bad', outcome === 'success' ? text('admin.success') : text('admin.failure'));
}

export function lockBadge({ locked, locked_until: until }, at) {
  if (!locked) return badge('', text('admin.not_locked'));
  return badge('bad', until ? text('admin.locked_until', { time: at(until) }) : text('admin.locked_for_good'));
}
