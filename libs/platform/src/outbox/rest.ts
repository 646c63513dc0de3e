/** The rest of a loop between two rounds. When `end` is called during a round, the next rest is over at once. */
export class Rest {
  private isOver = false;
  private wake?: () => void;

  end = (): void => {
    this.isOver = true;
    this.wake?.();
  };

  /** Resolves after so many milliseconds, or once it is ended. */
  async take(atMost: number): Promise<void> {
    const timer = setTimeout(this.end, atMost);
    if (!this.isOver) await new Promise<void>((resolve) => (this.wake = resolve));
    clearTimeout(timer);
    this.isOver = false;
  }
}
