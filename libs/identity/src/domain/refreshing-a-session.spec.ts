import { newId } from '@holdfast/shared-kernel';
import { Session } from './session';

const GRACE = 60_000;
const day = (n: number) => new Date(Date.UTC(2026, 0, n));
const after = (ms: number) => new Date(day(10).getTime() + ms);
const open = () => Session.open(newId(), null, day(31), day(1));
const refreshed = (session: Session, tokenId: string, expiresAt: Date, at: Date) =>
  session.refresh(tokenId, { expiresAt, grace: GRACE, at });

describe('refreshing a session', () => {
  it('replaces the current token and lives on', () => {
    const session = open();
    const first = session.currentTokenId;
    expect(refreshed(session, first, day(40), day(10))).toBe('refreshed');
    expect(session.currentTokenId).not.toBe(first);
    expect(session).toMatchObject({ expiresAt: day(40), endedAt: null, version: 2 });
  });

  it('is repeated within the grace, and changes nothing', () => {
    const session = open();
    const first = session.currentTokenId;
    refreshed(session, first, day(40), day(10));
    session.keepSuccessor('sealed');
    const { currentTokenId } = session;
    for (const ms of [0, GRACE]) expect(refreshed(session, first, day(41), after(ms))).toBe('repeated');
    expect(session).toMatchObject({ currentTokenId, expiresAt: day(40), sealedSuccessor: 'sealed', version: 2 });
  });

  it('is not repeated after the grace: the session ends, and forgets the successor', () => {
    const session = open();
    const first = session.currentTokenId;
    refreshed(session, first, day(40), day(10));
    session.keepSuccessor('sealed');
    expect(refreshed(session, first, day(41), after(GRACE + 1))).toBe('reused');
    expect(session).toMatchObject({ endedAt: after(GRACE + 1), sealedSuccessor: null });
  });

  it('is not repeated once the successor was used', () => {
    const session = open();
    const first = session.currentTokenId;
    refreshed(session, first, day(40), day(10));
    refreshed(session, session.currentTokenId, day(40), after(1));
    expect(refreshed(session, first, day(41), after(2))).toBe('reused');
    expect(session.endedAt).toEqual(after(2));
  });

  it('is not repeated after the end of the session', () => {
    const session = open();
    const first = session.currentTokenId;
    refreshed(session, first, day(40), day(10));
    session.end(after(1));
    expect(refreshed(session, first, day(41), after(2))).toBe('refused');
  });

  it('with a token that was replaced ends it, for the current token too', () => {
    const session = open();
    const first = session.currentTokenId;
    refreshed(session, first, day(40), day(10));
    const second = session.currentTokenId;
    expect(refreshed(session, first, day(41), day(11))).toBe('reused');
    expect(session.endedAt).toEqual(day(11));
    expect(refreshed(session, second, day(42), day(12))).toBe('refused');
    expect(session.endedAt).toEqual(day(11));
  });

  it('is refused from the moment it expires', () => {
    const session = open();
    expect(refreshed(session, session.currentTokenId, day(61), day(31))).toBe('refused');
    expect(session).toMatchObject({ endedAt: null, version: 1 });
  });

  it('is refused when the new token would have ended already', () => {
    const session = open();
    expect(refreshed(session, session.currentTokenId, day(10), day(10))).toBe('refused');
    expect(session).toMatchObject({ endedAt: null, version: 1 });
  });

  it('is refused after its end', () => {
    const session = open();
    session.end(day(2));
    expect(refreshed(session, session.currentTokenId, day(33), day(3))).toBe('refused');
  });
});

it('ending a session a second time changes nothing', () => {
  const session = open();
  expect(session.end(day(2))).toBe(true);
  expect(session.end(day(3))).toBe(false);
  expect(session).toMatchObject({ endedAt: day(2), version: 2 });
});
