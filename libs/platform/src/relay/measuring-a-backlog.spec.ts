import { Backlog } from './backlogs';

/** What each look finds: seconds, events that wait, and how many of the first look are left. */
type Found = [at: number, waiting: number, left: number];

const secondsToBegin = (looks: Found[], at = looks.at(-1)![0]) => {
  const backlog = new Backlog();
  for (const [seconds, waiting, left] of looks) backlog.note({ at: seconds * 1_000, waiting, last: '1' }, left);
  return backlog.timeToBegin(at * 1_000) / 1_000;
};

describe('a backlog of events', () => {
  it.each<[string, number, Found[]]>([
    ['is unknown at the first look', 0, [[0, 900, 0]]],
    ['is unknown before the workers were measured for 5 seconds', 0, [[0, 900, 0], [4, 1_700, 700]]], // prettier-ignore
    ['takes as long as the workers need at their rate', 40, [[0, 900, 0], [5, 2_000, 650]]], // prettier-ignore
    ['counts the events that came meanwhile', 60, [[0, 900, 0], [5, 2_000, 650], [6, 3_000, 1_950]]], // prettier-ignore
    ['is measured anew every 5 seconds', 20, [[0, 900, 0], [5, 2_000, 650], [10, 2_000, 1_500]]], // prettier-ignore
    ['is none while the workers keep up', 0, [[0, 900, 0], [5, 2_000, 0]]], // prettier-ignore
    ['is none once the workers have caught up', 0, [[0, 900, 0], [5, 2_000, 650], [9, 100, 0]]], // prettier-ignore
    ['is unknown as long as no worker was at work', 0, [[0, 900, 0], [5, 2_000, 900], [60, 9_000, 900]]], // prettier-ignore
    ['keeps its rate while the workers are away', 180, [[0, 900, 0], [5, 2_000, 650], [40, 9_000, 2_000]]], // prettier-ignore
    ['takes events that are begun with in bulk for the work of all the time', 10, [[0, 900, 0], [9, 900, 900], [10, 300, 600]]], // prettier-ignore
    ['does not count a pause of the workers as work', 8, [[0, 900, 0], [31, 900, 900], [36, 400, 650]]], // prettier-ignore
  ])('%s', (_what, seconds, looks) => {
    expect(secondsToBegin(looks)).toBe(seconds);
  });

  it('is unknown when nobody has looked for 20 seconds', () => {
    const looks: Found[] = [[0, 900, 0], [5, 2_000, 650]]; // prettier-ignore
    expect([secondsToBegin(looks, 25), secondsToBegin(looks, 25.1)]).toEqual([40, 0]);
  });
});
