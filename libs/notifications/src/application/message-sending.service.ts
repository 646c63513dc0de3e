import { Injectable } from '@nestjs/common';
import { RecoveryLetters } from '@holdfast/account-recovery';
import { Contacts } from '@holdfast/identity';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { NotificationsSettings } from '../notifications.settings';
import type { Outgoing } from '../domain/message';
import { MessageRepository } from '../domain/message.repository';
import { type Mail, Mailer, SmsGateway } from './ports';
import { mailTexts, recoveryTexts, reportTexts, smsText } from './texts';

/**
 * Sends a recorded message: reads it in one unit of work, sends it outside of any, and records the outcome in another.
 *
 * A message is sent at least once, or its event becomes a dead letter, but to a closed account and without
 * OPERATIONS_EMAIL. A message that is recorded as
 * sent is never sent again. A worker that dies between the server's acceptance and the record causes a
 * second copy, as SMTP cannot be asked; both copies carry one Message-ID. The mail folder writes one file per message.
 */
@Injectable()
export class MessageSending {
  constructor(
    private readonly messages: MessageRepository,
    private readonly contacts: Contacts,
    private readonly letters: RecoveryLetters,
    private readonly mailer: Mailer,
    private readonly sms: SmsGateway,
    private readonly clock: Clock,
    private readonly settings: NotificationsSettings,
  ) {}

  async send(id: string): Promise<void> {
    const outgoing = await this.outgoing(id);
    if (!outgoing) return;
    await this.settle(id, (await this.deliver(outgoing)) ? 'sent' : 'dropped');
  }

  /** False when there is nobody to send it to, or nothing to send any more. */
  private async deliver({ eventId: id, recordedAt: at, ...outgoing }: Outgoing): Promise<boolean> {
    if (outgoing.customerId !== null && outgoing.orderId === null) {
      const letter = await this.letters.write(outgoing.facts.recoveryId);
      if (letter) await this.mailer.send({ id, to: letter.to, at, ...recoveryTexts(letter) });
      return letter !== undefined;
    }
    const to = await this.addressOf(outgoing.customerId);
    if (!to?.length) return false;
    if (outgoing.customerId === null) await this.mailer.send({ id, to, at, ...reportTexts(outgoing) });
    else if (outgoing.channel === 'email') await this.mailer.send({ id, to, at, ...mailTexts(outgoing) });
    else await this.sms.send({ id, customerId: outgoing.customerId, text: smsText(outgoing) });
    return true;
  }

  private async addressOf(customerId: string | null): Promise<Mail['to'] | undefined> {
    return customerId === null ? this.settings.OPERATIONS_EMAIL : this.contacts.emailOf(customerId);
  }

  @UnitOfWork({ grouped: true })
  private async outgoing(id: string): Promise<Outgoing | undefined> {
    return (await this.messages.lock(id)).outgoing;
  }

  @UnitOfWork({ grouped: true })
  private async settle(id: string, status: 'sent' | 'dropped'): Promise<void> {
    (await this.messages.lock(id)).settle(status, this.clock.now());
  }
}
