import {
  isConnectionLoss,
  isConnectionUnusable,
  isRetryable,
  isServerUnusable,
  isUnavailable,
} from './database-errors';

const failed = (code: string, message = '') => Object.assign(new Error(message), { code });

describe('an error of the database', () => {
  it.each(['40001', '40P01'])('%s is retried, and is 503 when every retry fails', (code) => {
    expect([isRetryable(failed(code)), isUnavailable(failed(code))]).toEqual([true, true]);
  });

  it.each(
    (
      '08000 08001 08003 08004 08006 08P01 0A000 25006 25P02 25P03 25P04 26000 28000 28P01 3D000 40000 40002 40003 ' +
      '42501 53000 53100 53200 53300 53400 55000 55006 55P02 55P03 55P04 57000 57014 57P01 57P02 57P03 57P04 57P05 ' +
      '58000 58030 58P01 72000 F0000 XX000 XX001 XX002 ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT'
    ).split(' '),
  )('%s is a state of the database: 503, and no retry of the transaction', (code) => {
    expect([isRetryable(failed(code)), isUnavailable(failed(code))]).toEqual([false, true]);
  });

  it.each('22P02 22003 23502 23503 23505 23514 25001 2D000 42601 42703 42P01 54000 P0001'.split(' '))(
    '%s is a fault of the statement: neither retried nor 503',
    (code) => {
      expect([isRetryable(failed(code)), isUnavailable(failed(code))]).toEqual([false, false]);
    },
  );

  it.each([
    ['25006', '', true, true],
    ['26000', '', false, true],
    ['0A000', 'cached plan must not change result type', false, true],
    ['0A000', 'not supported', false, false],
    ['', 'Query read timeout', true, true],
    ['57014', '', false, false],
  ])('%s %s ends its connection only where a repetition would fail', (code, message, server, connection) => {
    const error = failed(code, message);
    expect([isServerUnusable(error), isConnectionUnusable(error)]).toEqual([server, connection]);
  });

  it.each([
    ['57P01', true],
    ['08006', true],
    ['ECONNRESET', true],
    ['40001', false],
    ['25006', false],
  ])('%s leaves the outcome of a COMMIT unknown: %s', (code, unknown) => {
    expect(isConnectionLoss(failed(code))).toBe(unknown);
  });
});
