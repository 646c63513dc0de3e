import { Presets, SingleBar } from 'cli-progress';

/** A bar on a terminal; elsewhere, such as in a log, a line at every quarter. */
export function showProgress(what: string, total: number): { advance(): void; end(): void } {
  if (process.stdout.isTTY) {
    const format = `  ${what} {bar} {value} of {total}`;
    // With line wrapping and cursor as they are, the terminal is as it was after Ctrl-C.
    const bar = new SingleBar({ format, stream: process.stdout, linewrap: true }, Presets.shades_classic);
    bar.start(total, 0);
    return { advance: () => bar.increment(), end: () => bar.stop() };
  }
  let done = 0;
  const quarterOf = (count: number): number => Math.floor((count * 4) / total);
  return {
    advance: () => {
      done++;
      if (quarterOf(done) > quarterOf(done - 1)) console.log(`  ${what} ${done} of ${total}`);
    },
    end: () => {},
  };
}
