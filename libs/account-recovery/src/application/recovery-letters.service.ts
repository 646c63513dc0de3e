import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Contacts } from '@holdfast/identity';
import { Reads, UnitOfWork } from '@holdfast/platform';
import { Clock } from '@holdfast/shared-kernel';
import { AccountRecoverySettings } from '../account-recovery.settings';
import type { Purpose } from '../domain/recovery';
import { RecoveryRepository } from '../domain/recovery.repository';

/** What a mail needs. It is made for one attempt to send, and never stored or logged. */
export interface RecoveryLetter {
  purpose: Purpose;
  to: string;
  token: string;
  /** Leads to the app with the token; undefined without APP_LINK_BASE. */
  link?: string;
  /** How long the token serves, in minutes. */
  minutes: number;
}

/** The request that a token or a mail belongs to, with the address that it concerns at this moment. */
export interface OpenRecovery {
  id: string;
  customerId: string;
  purpose: Purpose;
  email: string;
}

const PATHS: Record<Purpose, string> = { 'password-reset': 'reset-password', 'email-verification': 'verify-email' };

/** A token names its request, so that one row is looked up and locked, and has 256 random bits. */
const TOKEN = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})[\w-]{43}$/;
const newToken = (recoveryId: string): string => recoveryId.replaceAll('-', '') + randomBytes(32).toString('base64url');

/** The id of the request that a token names; undefined for any other text. */
export const recoveryIdOf = (token: string): string | undefined => TOKEN.exec(token)?.slice(1).join('-');

/** The address is part of the hash: a token proves that its holder reads this address, and no other. */
export const hashOf = (token: string, email: string): string =>
  createHash('sha256').update(`${token} ${email}`).digest('hex');

/**
 * Makes the one-time tokens, at the moment of sending: before that no token exists which an event, a table or a log
 * could reveal.
 */
@Injectable()
export class RecoveryLetters {
  constructor(
    private readonly recoveries: RecoveryRepository,
    private readonly contacts: Contacts,
    private readonly reads: Reads,
    private readonly clock: Clock,
    private readonly settings: AccountRecoverySettings,
  ) {}

  /** Undefined when there is nothing to send any more: used, replaced, expired, or the account is closed. */
  async write(recoveryId: string): Promise<RecoveryLetter | undefined> {
    const recovery = await this.find(recoveryId);
    if (!recovery) return undefined;
    const { purpose, email: to } = recovery;
    const token = newToken(recoveryId);
    const ttl = this.ttlOf(purpose);
    if (!(await this.keep(recoveryId, hashOf(token, to), ttl))) return undefined;
    const { APP_LINK_BASE: base } = this.settings;
    const link = base && `${base.replace(/\/+$/, '')}/${PATHS[purpose]}?token=${token}`;
    return { purpose, to, token, link, minutes: Math.round(ttl / 60_000) };
  }

  /** The request and its address, not locked; undefined when either is gone. */
  async find(recoveryId: string): Promise<OpenRecovery | undefined> {
    const sql = `SELECT id, customer_id AS "customerId", purpose FROM account_recovery.recoveries WHERE id = $1`;
    const [found] = await this.reads.query<Omit<OpenRecovery, 'email'>>(sql, [recoveryId]);
    if (!found) return undefined;
    const { customerId, purpose } = found;
    const email = await (purpose === 'password-reset'
      ? this.contacts.resetEmailOf(customerId)
      : this.contacts.emailToVerify(customerId));
    return email === undefined ? undefined : { ...found, email };
  }

  ttlOf(purpose: Purpose): number {
    const { PASSWORD_RESET_TTL, EMAIL_VERIFICATION_TTL } = this.settings;
    return purpose === 'password-reset' ? PASSWORD_RESET_TTL : EMAIL_VERIFICATION_TTL;
  }

  @UnitOfWork()
  private async keep(recoveryId: string, hash: string, ttl: number): Promise<boolean> {
    const recovery = await this.recoveries.lock(recoveryId);
    const now = this.clock.now();
    return recovery?.addToken(hash, new Date(now.getTime() + ttl), now) ?? false;
  }
}
