import { Client } from 'pg';

/** All SQL that this process sent while the work ran, in order. */
export async function queriesOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = jest.spyOn(Client.prototype, 'query');
  await work();
  const texts = spy.mock.calls.map(([query]) => (typeof query === 'string' ? query : (query as { text: string }).text));
  spy.mockRestore();
  // The relay's wake-up is sent after the commit of an earlier unit.
  return texts.filter((text) => !text.includes('pg_notify'));
}
