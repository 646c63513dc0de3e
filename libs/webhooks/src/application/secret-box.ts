import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type LoadedSettings, Settings } from '@holdfast/platform';
import { WebhooksSettings } from '../webhooks.settings';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts subscribers' secrets for the table (AES-256-GCM, bound to the endpoint). Signing needs the plain secret, and
 * a copy of the database must not be able to sign.
 *
 * The key is WEBHOOK_SECRETS_KEY, or is derived from JWT_PRIVATE_KEY without it. After a change of the key, stored
 * secrets cannot be decrypted and deliveries fail until the endpoint's secret is rotated.
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

  /** Throws for a secret that was sealed with another key, or for another endpoint. */
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
