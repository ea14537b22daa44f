"""Parameters to explain each statement with: of rows that are there, as the service would give them."""

from datetime import timedelta

from .population import Population, digest, session_token, stamp

NO_UUID, LAST_UUID = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"


def sql(value) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def sample_parameters(people: Population) -> dict[str, list]:
    row = people.size.sessions // 2
    now, soon = stamp(people.now), stamp(people.now + timedelta(days=1))
    hour_ago, day_ago = stamp(people.now - timedelta(hours=1)), stamp(people.now - timedelta(days=1))
    session, owner, token = people.session_id(row), people.session_owner(row), "\\x" + digest(session_token(row + 1))
    email, pending, fresh = "user4711@bench.example", "new471@bench.example", "fresh@bench.example"
    new_id, new_token = "0198c0de-0000-7000-8000-000000000001", "\\x" + digest("new")
    long_ago = "0001-01-01T00:00:00.000000Z"
    recipient, week_ago = "\\x" + digest("recipient 470"), stamp(people.now - timedelta(days=7))
    message = people.message_id(0)
    registration = "\\x" + digest("registration 470")
    link = "\\x" + digest("link 470")
    factors = people.factor_owner(people.size.authenticators // 2)
    challenge, browser = "\\x" + digest("challenge 470"), "\\x" + digest("browser 470")
    passkey, credential = people.passkey_id(470), "\\x" + digest("credential 470")
    ceremony = "\\x" + digest("ceremony 470")
    guessed = "\\x" + digest("guessed 470")
    return {
        "account_data_store.kProfile": [owner],
        "account_data_store.kSessions": [owner],
        "account_data_store.kLinks": [owner],
        "account_data_store.kTotp": [factors],
        "account_data_store.kRecoveryCodes": [factors],
        "account_data_store.kPasskeys": [factors],
        "account_data_store.kEventsAbout": [owner, 10_000],
        "account_data_store.kEventsAboutOthers": [owner, 10_000],
        "audit_export.kPage": [hour_ago, NO_UUID, now, 1000],
        "audit_export.kPageOfSubject": [hour_ago, NO_UUID, now, 1000, owner],
        "sealed_entries.kRows": [NO_UUID] * 64,
        "audit_log.kInsert": [new_id, now, "login.succeeded", "success", owner, owner, session, "", "", "", "{}", "\\x00"],
        "log_store.kWaiting": [0],
        "log_store.kOldestWaiting": [],
        "log_store.kEntries": [people.audit_id(row)],
        "log_store.kFirstEntries": [],
        "log_store.kEntriesBetween": [people.audit_id(row), people.audit_id(row + 100)],
        "log_store.kEntry": [people.audit_id(row)],
        "log_store.kRemoveEntry": [people.audit_id(row)],
        "audit_search.kWindowEnd": [now, LAST_UUID, long_ago],
        "audit_search.kWindowEndAbout": [now, LAST_UUID, long_ago, owner],
        "audit_search.kSearch": [now, LAST_UUID, hour_ago, NO_UUID, "login.failed", None, None, None, None, None, 50],
        "audit_search.kSearchAbout": [now, LAST_UUID, long_ago, NO_UUID, None, None, None, None, None, None, 50, owner],
        "outbox.kInsert": [new_id, "verify_email", recipient, "\\x00", now, hour_ago, 3, soon],
        "outbox.kNewest": [50],
        "challenge_store.kInsert": [new_token, new_token, factors, "totp", 1, 1, now, soon],
        "challenge_store.kFind": [challenge, browser, now, 5],
        "challenge_store.kAttempt": [challenge, browser, now, 5],
        "challenge_store.kTake": [challenge, browser, now],
        "challenge_store.kForgetExpired": [hour_ago],
        "delivery_store.kIsDue": [now],
        "delivery_store.kClaim": [new_id, soon, now, 20],
        "delivery_store.kSent": [message, new_id, now],
        "delivery_store.kLater": [message, new_id, soon, "why"],
        "delivery_store.kDead": [message, new_id, now, "why"],
        "delivery_store.kGiveBack": [message, new_id, now],
        "factor_guesses.kRead": [factors, "totp"],
        "factor_guesses.kCount": [factors, "totp", "unknown", now, soon],
        "factor_guesses.kGiveBack": [factors, "totp", "unknown"],
        "factor_guesses.kForgive": [factors, "totp"],
        "factor_guesses.kStanding": [factors],
        "factor_store.kDropOrphanedCodes": [factors],
        "factor_store.kRefresh": [factors, 1],
        "factor_store.kDemand": [factors, now],
        "mail_queue.kQueuedList": [50],
        "mail_queue.kDeadList": [50],
        "mail_queue.kRetryAll": [now],
        "mail_queue.kRetry": [message, now],
        "mail_queue.kState": [message],
        "outbox.kWipeExpired": [now],
        "outbox.kForgetOld": [week_ago],
        "outbox.kDrop": [recipient],
        "outbox.kHistory": [recipient],
        "one_time_token_store.kInsert": [new_id, new_token, "change_email", owner, email, fresh, fresh, now, soon],
        "one_time_token_store.kFind": [link, "reset_password", now],
        "one_time_token_store.kConsume": [link, "reset_password", now],
        "one_time_token_store.kDiscard": [owner, "reset_password"],
        "one_time_token_store.kDiscardUndoSince": [owner, hour_ago],
        "one_time_token_store.kForgetExpired": [hour_ago],
        "passkey_challenges.kInsert": [new_token, "sign_in", browser, None, new_token, "{}", now, soon],
        "passkey_challenges.kTake": [ceremony],
        "passkey_challenges.kForgetExpired": [hour_ago],
        "passkey_store.kInsert": [new_id, factors, new_token, "\\x00", -7, 0, "Passkey", "internal", "\\x" + "00" * 16,
                                  "none", "none", 0, 1, 1, 1, now],
        "passkey_store.kList": [factors],
        "passkey_store.kListByAddress": [email],
        "passkey_store.kFind": [credential],
        "passkey_store.kRename": [passkey, people.factor_owner(235), "Another"],
        "passkey_store.kErase": [passkey, people.factor_owner(235)],
        "passkey_store.kEraseSince": [factors, hour_ago],
        "passkey_store.kEraseAll": [factors],
        "passkey_store.kRecordUse": [passkey, 2, 1, 1, now],
        "passkey_store.kRecordDoubtfulUse": [passkey, 2, 1, 1, now],
        "passkey_store.kKeepHandle": [owner, new_token],
        "passkey_store.kHandle": [factors],
        "passkey_store.kPasswordHash": [factors],
        "password_credential.kFindByAddress": [email, now],
        "password_credential.kFindByUser": [owner],
        "password_credential.kReplaceHash": [owner, "$argon2id$", "$argon2id$2"],
        "password_credential.kDemandChange": [owner, "staff"],
        "password_guess_store.kFind": [guessed],
        "password_guess_store.kCount": [guessed, "unknown", now],
        "password_guess_store.kReserve": [guessed, "unknown", 10, now],
        "password_guess_store.kGiveBack": [guessed, "unknown", 0, hour_ago],
        "password_guess_store.kForgive": [guessed],
        "password_guess_store.kForgiveKnown": [guessed],
        "password_guess_store.kUnlock": [new_token, now],
        "password_guess_store.kForgetOld": [stamp(people.now - timedelta(days=2)), 10,
                                            stamp(people.now - timedelta(days=365))],
        "recovery_store.kDiscard": [factors],
        "recovery_store.kInsert": [owner, "ZZZ", "$argon2id$", now],
        "recovery_store.kFind": [factors, "005"],
        "recovery_store.kConsume": [factors, "005", "$argon2id$", now],
        "recovery_store.kSummary": [factors],
        "registration_store.kOwner": [email],
        "registration_store.kInsert": [new_id, fresh, fresh, None, "$argon2id$", "en", new_token, now, soon, None],
        "registration_store.kConsume": [registration, now],
        "registration_store.kActivate": [new_id, fresh, fresh, now, None, "$argon2id$", "en"],
        "registration_store.kDiscard": [pending],
        "registration_store.kLive": [pending, now],
        "registration_store.kReplaceToken": [new_id, new_token, soon],
        "registration_store.kKillLinks": [pending],
        "registration_store.kForgetExpired": [day_ago],
        "totp_store.kFind": [factors],
        "totp_store.kPut": [factors, "\\x00", "SHA1", 6, 30, 0, 1, now, now],
        "totp_store.kAdvance": [factors, 60_000_000, 0, now],
        "totp_store.kErase": [factors],
        "totp_store.kFindPending": [owner, now],
        "totp_store.kPutPending": [owner, "\\x00", "SHA1", 6, 30, now, soon],
        "totp_store.kErasePending": [owner],
        "totp_store.kForgetExpired": [hour_ago],
        "totp_store.kPage": [NO_UUID, 500],
        "totp_store.kPagePending": [NO_UUID, 500],
        "totp_store.kReplace": [factors, "\\x00", "\\x01"],
        "totp_store.kReplacePending": [owner, "\\x00", "\\x01"],
        "session_store.kInsert":
            [new_id, new_token, owner, 1, "pwd", now, now, soon, "192.0.2.1", "Mozilla/5.0", None, 1, 1, None],
        "session_store.kState": [owner],
        "session_store.kFindAll": [owner],
        "session_store.kFind": [token, now],
        "session_store.kSetLastUsed": [session, soon],
        "session_store.kList": [owner, now, LAST_UUID, 50],
        "session_store.kEndByToken": [token],
        "session_store.kEndById": [session, owner],
        "session_store.kEndAllBut": [owner, session],
        "session_store.kEndAll": [owner],
        "session_store.kEndSome": [500],
        "session_store.kEndReplaced": [owner, token, 49, session],
        "session_store.kForgetExpired": [hour_ago],
        "session_store.kPageEnd": [session],
        "session_store.kForgetIdle": [session, people.session_id(row + 999), hour_ago],
        "user_directory_store.kList": ["user47", "user47\U0010FFFF", "user4711", None, None, 50],
        "user_directory_store.kListStaff": ["", "\U0010FFFF", "", "admin", None, 50],
        "user_directory_store.kListDisabled": ["", "\U0010FFFF", "", None, "disabled", 50],
        "user_record_store.kPage": [NO_UUID, 1000],
        "user_store.kInsert": [new_id, fresh, fresh, now, None, "$argon2id$", "user", "active", "en", None],
        "user_store.kFind": [email],
        "user_store.kFindById": [owner],
        "user_store.kSetPassword": [owner, "$argon2id$", now],
        "user_store.kResetPassword": [owner, "$argon2id$", now],
        "user_store.kSetEmail": [owner, email, fresh, fresh, now],
        "user_store.kErase": [owner],
        "user_store.kSetRole": [owner, "staff", now],
        "user_store.kSetStatus": [owner, "disabled", now],
        "user_store.kHasOtherAdmin": [people.user_id(people.size.users - 1)],
    }
