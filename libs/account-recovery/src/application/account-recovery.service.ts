import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountsService, Contacts, CustomerNotFound, fold, logSecurity } from '@holdfast/identity';
import { sweepAll, UnitOfWork } from '@holdfast/platform';
import { Clock } from '@holdfast/shared-kernel';
import { AccountRecoverySettings } from '../account-recovery.settings';
import { type Purpose, Recovery } from '../domain/recovery';
import { ResetTokenInvalid, VerificationTokenInvalid } from '../domain/recovery.errors';
import { RecoveryRepository } from '../domain/recovery.repository';
import { hashOf, type OpenRecovery, recoveryIdOf, RecoveryLetters } from './recovery-letters.service';

interface MailDemand {
  purpose: Purpose;
  customerId: string;
  isKnown?: boolean;
  /** The client's address; undefined where an admin asks. */
  clientAddress?: string;
}

/**
 * Asks for mails with one-time tokens, and takes the tokens back. Locks the request before the customer.
 *
 * A request for an unknown e-mail address takes the same statements as one for a known address, under an id that stands
 * in for the customer's: neither the answer nor its time shows who has an account. The mail itself is the worker's.
 */
@Injectable()
export class AccountRecovery {
  constructor(
    private readonly recoveries: RecoveryRepository,
    private readonly letters: RecoveryLetters,
    private readonly contacts: Contacts,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
    private readonly settings: AccountRecoverySettings,
  ) {}

  /** Asks for a mail to reset a password. Beyond the limits nothing happens, and nothing shows it. */
  async requestReset(email: string, clientAddress: string): Promise<void> {
    const known = await this.contacts.findByEmail(email);
    const customerId = known ?? standInFor(email);
    await this.request({ purpose: 'password-reset', customerId, isKnown: known !== undefined, clientAddress });
    logSecurity('password-reset-requested', { actor: known, address: clientAddress });
  }

  /** Asks for the mail on behalf of a customer. Throws CustomerNotFound. */
  async requestResetFor(customerId: string, by: { id: string; address: string }): Promise<void> {
    if ((await this.contacts.emailOf(customerId)) === undefined) throw new CustomerNotFound();
    await this.request({ purpose: 'password-reset', customerId });
    logSecurity('password-reset-requested', { actor: by.id, address: by.address, subject: customerId });
  }

  /** Asks for a mail to verify the pending or the present address. Nothing happens when there is none to verify. */
  async requestVerification(customerId: string, clientAddress: string): Promise<void> {
    if ((await this.contacts.emailToVerify(customerId)) === undefined) return;
    await this.request({ purpose: 'email-verification', customerId, clientAddress });
  }

  /** Replaces the password and ends every session. Throws ResetTokenInvalid, ValuesRefused. */
  async confirmReset(token: string, password: string, clientAddress: string): Promise<void> {
    const recovery = await this.find(token, 'password-reset');
    if (!recovery) throw new ResetTokenInvalid();
    // A hash costs as much as a log-in, so it is made for a token that is good as far as can be seen without a lock.
    const isGood = await this.isOpenedBy(recovery, token);
    if (!isGood) throw new ResetTokenInvalid();
    await this.reset(recovery, token, await this.accounts.hashPassword(recovery.customerId, password));
    logSecurity('password-reset', { actor: recovery.customerId, address: clientAddress });
  }

  /** Makes the address that the token was sent to the customer's own. Throws VerificationTokenInvalid, EmailTaken. */
  async confirmEmail(token: string, clientAddress: string): Promise<void> {
    const recovery = await this.find(token, 'email-verification');
    if (!recovery) throw new VerificationTokenInvalid();
    await this.verify(recovery, token);
    logSecurity('email-verified', { actor: recovery.customerId, address: clientAddress });
  }

  @UnitOfWork()
  private async request({ isKnown = true, ...demand }: MailDemand): Promise<void> {
    const { RECOVERY_MAILS_PER_ACCOUNT: perAccount, RECOVERY_MAILS_PER_ADDRESS: perClientAddress } = this.settings;
    if (!(await this.recoveries.admit(demand, { perAccount, perClientAddress }))) return;
    const { purpose, customerId } = demand;
    const at = this.clock.now();
    // The mail has as long to leave as the token then has to serve.
    const expiresAt = new Date(at.getTime() + this.letters.ttlOf(purpose));
    await this.recoveries.replace(Recovery.request({ purpose, customerId, isKnown, expiresAt, at }));
  }

  @UnitOfWork()
  private async isOpenedBy({ id, email }: OpenRecovery, token: string): Promise<boolean> {
    return (await this.recoveries.lock(id))?.isOpenedBy(hashOf(token, email), this.clock.now()) ?? false;
  }

  @UnitOfWork()
  private async reset(recovery: OpenRecovery, token: string, passwordHash: string): Promise<void> {
    const { customerId, email } = recovery;
    const isDone =
      (await this.use(recovery, token)) && (await this.accounts.resetPassword(customerId, email, passwordHash));
    if (!isDone) throw new ResetTokenInvalid();
  }

  @UnitOfWork()
  private async verify(recovery: OpenRecovery, token: string): Promise<void> {
    const { customerId, email } = recovery;
    const isDone = (await this.use(recovery, token)) && (await this.accounts.verifyEmail(customerId, email));
    if (!isDone) throw new VerificationTokenInvalid();
  }

  /** Removes the request when the token opens it. Of several uses at once the lock lets one find it. */
  private async use({ id, email }: OpenRecovery, token: string): Promise<boolean> {
    const recovery = await this.recoveries.lock(id);
    if (!recovery?.isOpenedBy(hashOf(token, email), this.clock.now())) return false;
    await this.recoveries.remove(id);
    return true;
  }

  private async find(token: string, purpose: Purpose): Promise<OpenRecovery | undefined> {
    const id = recoveryIdOf(token);
    const recovery = id === undefined ? undefined : await this.letters.find(id);
    return recovery?.purpose === purpose ? recovery : undefined;
  }
}

/** A UUID made of the address in the form it is compared in, so that the limits count an unknown address as one. */
function standInFor(email: string): string {
  const digest = createHash('sha256').update(fold(email)).digest('hex');
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

@Injectable()
export class RecoverySweep {
  constructor(private readonly recoveries: RecoveryRepository) {}

  /** Deletes expired requests and counts, in small transactions; returns how many rows. */
  sweep(): Promise<number> {
    return sweepAll((atMost) => this.sweepSome(atMost));
  }

  @UnitOfWork()
  private sweepSome(atMost: number): Promise<number> {
    return this.recoveries.sweep(atMost);
  }
}
