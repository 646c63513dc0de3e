// Loaded into one process by NODE_OPTIONS: its clock is off by CLOCK_OFF_MS, as on a machine whose time nobody keeps.
const off = Number(process.env.CLOCK_OFF_MS);
const Real = Date;

globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + off);
  }

  static now() {
    return Real.now() + off;
  }
};
