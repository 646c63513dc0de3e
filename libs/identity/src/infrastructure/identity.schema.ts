import { column, mapAggregate } from '@holdfast/platform';
import { ApiKey } from '../domain/api-key';
import { Customer } from '../domain/customer';
import { EmailTaken, UsernameTaken } from '../domain/identity.errors';
import { Session } from '../domain/session';

const { boolean, id, integer, text, timestamp, uuid } = column;

const usernameTaken = () => new UsernameTaken();
const emailTaken = () => new EmailTaken();

const customerSchemas = mapAggregate(Customer, {
  table: 'identity.customers',
  columns: {
    id,
    username: text('username'),
    usernameKey: text('username_key'),
    email: text('email'),
    emailKey: text('email_key'),
    emailVerified: boolean('email_verified'),
    pendingEmail: text('pending_email', true),
    passwordHash: text('password_hash'),
    role: text('role'),
    active: boolean('active'),
    version: integer('version'),
    createdAt: timestamp('created_at'),
    updatedAt: timestamp('updated_at'),
    closedAt: timestamp('closed_at', true),
  },
  refusals: {
    customers_username_key: usernameTaken,
    customers_username_lower: usernameTaken,
    customers_email_key: emailTaken,
    customers_email_lower: emailTaken,
  },
});

const sessionSchemas = mapAggregate(Session, {
  table: 'identity.sessions',
  columns: {
    id,
    customerId: uuid('customer_id'),
    currentTokenId: uuid('current_token_id'),
    replacedTokenId: uuid('replaced_token_id', true),
    replacedAt: timestamp('replaced_at', true),
    sealedSuccessor: text('sealed_successor', true),
    device: text('device', true),
    version: integer('version'),
    openedAt: timestamp('opened_at'),
    updatedAt: timestamp('updated_at'),
    expiresAt: timestamp('expires_at'),
    endedAt: timestamp('ended_at', true),
  },
});

const apiKeySchemas = mapAggregate(ApiKey, {
  table: 'identity.api_keys',
  columns: {
    id,
    name: text('name'),
    scopes: {
      name: 'scopes',
      type: 'text',
      transformer: { to: (scopes: string[]) => scopes.join(','), from: (list: string) => list.split(',') },
    },
    secretHash: text('secret_hash'),
    createdBy: uuid('created_by'),
    version: integer('version'),
    createdAt: timestamp('created_at'),
    updatedAt: timestamp('updated_at'),
    expiresAt: timestamp('expires_at', true),
    revokedAt: timestamp('revoked_at', true),
  },
});

export const identitySchemas = [...customerSchemas, ...sessionSchemas, ...apiKeySchemas];
