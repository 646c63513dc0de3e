import type { AccountChanged } from '@holdfast/contracts';
import { Contacts } from '@holdfast/identity';
import type { EventMeta } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Mailer } from './ports';
import { accountChangedTexts } from './texts';

/**
 * Warns customers of changes to their accounts, at the address from before the change: a thief of the account
 * must not receive the warning instead. Identity keeps that address until it is looked up here.
 */
@Injectable()
export class AccountNotices {
  constructor(
    private readonly contacts: Contacts,
    private readonly mailer: Mailer,
  ) {}

  /** Repeatable: every attempt has the same Message-ID. Nothing is sent once the account is closed. */
  async send({ customerId, version, changed }: AccountChanged, { id, occurredAt: at }: EventMeta): Promise<void> {
    const to = await this.contacts.emailBefore(customerId, version);
    if (to !== undefined) await this.mailer.send({ id, to, at, ...accountChangedTexts(changed) });
  }
}
