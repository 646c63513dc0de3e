import { validate, version } from 'uuid';
import { newId } from './ids';

describe('a new id', () => {
  const before = Date.now();
  const ids = Array.from({ length: 10_000 }, newId);
  const after = Date.now();

  it('is a UUID of version 7, of this moment', () => {
    for (const id of ids) expect([validate(id), version(id)]).toEqual([true, 7]);
    const milliseconds = parseInt(ids[0].replace('-', '').slice(0, 12), 16);
    expect(milliseconds).toBeGreaterThanOrEqual(before);
    expect(milliseconds).toBeLessThanOrEqual(after);
  });

  it('is greater than the one before, and like no other', () => {
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has a random end of its own', () => {
    const ends = ids.map((id) => id.slice(-10));
    expect(new Set(ends).size).toBeGreaterThan(9_990);
  });
});
