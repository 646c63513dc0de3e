import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type LoadedSettings, Settings } from '@holdfast/platform';
import { WebhooksSettings } from '../webhooks.settings';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Signing needs a subscriber's secret in the clear, so the table holds it encrypted (AES-256-GCM, bound to its endpoint):
 * a copy of the database signs nothing.
 *
 * The key is WEBHOOK_SECRETS_KEY, or follows from the key of the access tokens when that is not set. After a change of
 * the key the old secrets cannot be opened, deliveries fail and say so, and rotating the secret repairs an endpoint.
 */
@Injectable()
export class SecretBox {
  private readonly key: Buffer;

  constructor({ WEBHOOK_SECRETS_KEY }: WebhooksSettings, @Inject(Settings) all: LoadedSettings) {
    const material = WEBHOOK_SECRETS_KEY ?? derOf(String(all['JWT_PRIVATE_KEY']));
    this.key = Buffer.from(hkdfSync('sha256', material, '', 'holdfast webhook secrets', 32));
  }

  seal(endpointId: string, secret: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(endpointId));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Throws when it was sealed with another key, or for another endpoint. */
  open(endpointId: string, box: string): string {
    const bytes = Buffer.from(box, 'base64');
    const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
    const decipher = createDecipheriv('aes-256-gcm', this.key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(endpointId)).setAuthTag(tag);
    try {
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw new Error('the secret was encrypted with another key: rotate it');
    }
  }
}

const derOf = (pem: string): Buffer => createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
