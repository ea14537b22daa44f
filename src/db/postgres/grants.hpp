#pragma once

#include "db/migrations.hpp"

#include <string>

namespace secureauth::db {

/// Gives a role what the service needs of the schema that its migrations made, and no more: it owns nothing, changes no
/// schema, and only ever adds to the audit log. Run as the schema's owner, again after each migration. What the role
/// was given before goes. Throws DatabaseError: for an unknown role, one that is or may act as the owner, or who is
/// not. Source: OWASP ASVS 5.0 13.2.2, 16.4.2.
void grant_service(MigrationBackend& backend, const std::string& role);

}  // namespace secureauth::db
