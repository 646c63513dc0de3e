import { Injectable } from '@nestjs/common';
import { Contacts } from '@holdfast/identity';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import type { Outgoing } from '../domain/message';
import { MessageRepository } from '../domain/message.repository';
import { Mailer, SmsGateway } from './ports';
import { mailTexts, smsText } from './texts';

/**
 * Sends a recorded message: reads it in one unit of work, sends it outside of any, and records the outcome in another.
 *
 * A message of an open account is sent at least once, or its event becomes a dead letter. A message that is recorded as
 * sent is never sent again. A worker that dies between the server's acceptance and the record causes a
 * second copy, as SMTP cannot be asked; both copies carry one Message-ID. The mail folder writes one file per message.
 */
@Injectable()
export class MessageSending {
  constructor(
    private readonly messages: MessageRepository,
    private readonly contacts: Contacts,
    private readonly mailer: Mailer,
    private readonly sms: SmsGateway,
    private readonly clock: Clock,
  ) {}

  async send(id: string): Promise<void> {
    const outgoing = await this.outgoing(id);
    if (!outgoing) return;
    const email = await this.contacts.emailOf(outgoing.customerId);
    if (email !== undefined) await this.deliver(outgoing, email);
    await this.settle(id, email === undefined ? 'dropped' : 'sent');
  }

  private async deliver({ eventId: id, ...outgoing }: Outgoing, email: string): Promise<void> {
    if (outgoing.channel === 'sms')
      await this.sms.send({ id, customerId: outgoing.customerId, text: smsText(outgoing) });
    else await this.mailer.send({ id, to: email, at: outgoing.recordedAt, ...mailTexts(outgoing) });
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
