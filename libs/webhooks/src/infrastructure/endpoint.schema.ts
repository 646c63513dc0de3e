import { column, mapAggregate } from '@holdfast/platform';
import { Endpoint } from '../domain/endpoint';

const { boolean, id, integer, text, timestamp } = column;

export const webhookSchemas = mapAggregate(Endpoint, {
  table: 'webhooks.endpoints',
  columns: {
    id,
    url: text('url'),
    description: text('description', true),
    eventTypes: {
      name: 'event_types',
      type: 'text',
      transformer: {
        to: (types: string[]) => types.join(','),
        from: (list: string) => (list === '' ? [] : list.split(',')),
      },
    },
    active: boolean('active'),
    disabledBecause: text('disabled_because', true),
    secret: text('secret'),
    previousSecret: text('previous_secret', true),
    previousSecretEndsAt: timestamp('previous_secret_ends_at', true),
    version: integer('version'),
    createdAt: timestamp('created_at'),
    updatedAt: timestamp('updated_at'),
  },
});
