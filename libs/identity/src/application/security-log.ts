import { log } from '@holdfast/platform';

/** A customer who acts, and the client address of the request. */
export interface Actor {
  id: string;
  /** The session of the access token. */
  sessionId?: string;
  address: string;
}

export type SecurityEvent =
  | 'log-in'
  | 'log-in-failed'
  | 'log-in-throttled'
  | 'log-out'
  | 'session-ended'
  | 'sessions-ended'
  | 'password-wrong'
  | 'refresh-refused'
  | 'refresh-reused'
  | 'access-refused'
  | 'api-key-used'
  | 'account-changed'
  | 'password-reset-requested'
  | 'password-reset'
  | 'email-verified'
  | 'account-closed'
  | 'role-changed'
  | 'customer-disabled'
  | 'customer-enabled';

interface SecurityFacts {
  /** The id of a customer or an API key; missing when it is unknown. Names and e-mail addresses never enter the log. */
  actor?: string;
  address?: string;
  /** The id of the customer who is acted on. */
  subject?: string;
  /** The code of a refusal. */
  code?: string;
  /** The new role. */
  role?: string;
  /** What of an account was changed, without its values. */
  changed?: readonly string[];
}

/** Writes one line per event, for the operators: `security` names the event. */
export function logSecurity(security: SecurityEvent, facts: SecurityFacts): void {
  const { actor, address, subject, code, role, changed } = facts;
  log.info({ security, actor, address, subject, code, role, changed }, `security: ${security}`);
}
