import { Injectable } from '@nestjs/common';
import { Contacts } from '@holdfast/identity';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import type { Outgoing } from '../domain/message';
import { MessageRepository } from '../domain/message.repository';
import { Mailer, SmsGateway } from './ports';
import { mailTexts, smsText } from './texts';

/**
 * Sends what was recorded: reads it in one unit of work, sends it outside of any, notes it in another.
 *
 * Guaranteed: a message of an open account is sent at least once or its event is a dead letter; one that is noted as
 * sent is never sent again. Sent twice is only what a worker dies over between the server's "taken" and the note (or
 * whose "taken" is lost on the way): SMTP cannot be asked, so it is that or never. Both copies then have the same
 * Message-ID, by which a mailbox may know them for one. The mail folder writes one file per message, whatever happens.
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

  @UnitOfWork()
  private async outgoing(id: string): Promise<Outgoing | undefined> {
    return (await this.messages.lock(id)).outgoing;
  }

  @UnitOfWork()
  private async settle(id: string, status: 'sent' | 'dropped'): Promise<void> {
    (await this.messages.lock(id)).settle(status, this.clock.now());
  }
}
