export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** The metrics of a process, read as Prometheus reads them. */
export class Scrape {
  private constructor(
    readonly text: string,
    readonly samples: Sample[],
  ) {}

  static async of(url: string): Promise<Scrape> {
    const response = await fetch(`${url}/metrics`);
    if (response.status !== 200 || !response.headers.get('content-type')?.startsWith('text/plain'))
      throw new Error(`${url}/metrics answered ${response.status} ${response.headers.get('content-type')}`);
    const text = await response.text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Scrape(text, lines.map(sampleOf));
  }

  get names(): Set<string> {
    return new Set(this.samples.map(({ name }) => name));
  }

  of(name: string, labels: Record<string, string> = {}): Sample[] {
    return this.samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }

  sum(name: string, labels: Record<string, string> = {}): number {
    return this.of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }
}

function sampleOf(line: string): Sample {
  const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (!name) throw new Error(`not a line of Prometheus: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text] as const);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
