import { newId } from '@holdfast/shared-kernel';
import { Session } from './session';

const day = (n: number) => new Date(Date.UTC(2026, 0, n));
const open = () => Session.open(newId(), day(31), day(1));

describe('refreshing a session', () => {
  it('replaces the current token and lives on', () => {
    const session = open();
    const first = session.currentTokenId;
    expect(session.refresh(first, day(40), day(10))).toBe('refreshed');
    expect(session.currentTokenId).not.toBe(first);
    expect(session).toMatchObject({ expiresAt: day(40), endedAt: null, version: 2 });
  });

  it('with a token that was replaced ends it, for the current token too', () => {
    const session = open();
    const first = session.currentTokenId;
    session.refresh(first, day(40), day(10));
    const second = session.currentTokenId;
    expect(session.refresh(first, day(41), day(11))).toBe('reused');
    expect(session.endedAt).toEqual(day(11));
    expect(session.refresh(second, day(42), day(12))).toBe('refused');
    expect(session.endedAt).toEqual(day(11));
  });

  it('is refused from the moment it expires', () => {
    const session = open();
    expect(session.refresh(session.currentTokenId, day(61), day(31))).toBe('refused');
    expect(session).toMatchObject({ endedAt: null, version: 1 });
  });

  it('is refused when the new token would have ended already', () => {
    const session = open();
    expect(session.refresh(session.currentTokenId, day(10), day(10))).toBe('refused');
    expect(session).toMatchObject({ endedAt: null, version: 1 });
  });

  it('is refused after its end', () => {
    const session = open();
    session.end(day(2));
    expect(session.refresh(session.currentTokenId, day(33), day(3))).toBe('refused');
  });
});

it('ending a session a second time changes nothing', () => {
  const session = open();
  expect(session.end(day(2))).toBe(true);
  expect(session.end(day(3))).toBe(false);
  expect(session).toMatchObject({ endedAt: day(2), version: 2 });
});
