import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventMap, withEventMap } from '../support/event-map';

describe('the event map', () => {
  const { events, unknown } = eventMap();

  it('is in docs/events.md as the code has it: if not, npm run docs:events', () => {
    const readme = readFileSync(join(__dirname, '../../docs/events.md'), 'utf8');
    expect(withEventMap(readme)).toBe(readme);
  });

  it('knows every event that anybody records or waits for', () => {
    expect(unknown).toEqual([]);
  });

  it('has for every event one context that emits it, the one it is named after, and says what it means', () => {
    expect(events.length).toBeGreaterThan(5);
    for (const { type, emittedBy, meaning } of events) {
      expect([type, emittedBy]).toEqual([type, [type.split('.')[0]]]);
      expect([type, meaning.length > 10]).toEqual([type, true]);
    }
  });

  it('is stale as soon as an event is missing', () => {
    const readme = readFileSync(join(__dirname, '../../docs/events.md'), 'utf8');
    const without = readme.replace(/^\| `ordering\.order-placed`.*\n/m, '');
    expect(without).not.toBe(readme);
    expect(withEventMap(without)).toBe(readme);
  });
});
