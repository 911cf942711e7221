// Whether a visitor's own data is within the limits.
import { grouped } from "../../javascripts/grouped.js";
import { LIMITS } from "../own_data.js";
import { Unusable } from "./unusable.js";

/** Before a byte is read. @param {{name: string, size: number}} file */
export function checkSize({ name, size }) {
  if (!/\.(csv|npz)$/i.test(name)) throw new Unusable(`${name} is neither a .csv nor an .npz file.`);
  if (size === 0) throw new Unusable(`${name} is empty.`);
  if (size > 1e6 * LIMITS.megabytes) {
    throw new Unusable(`${name} has ${(size / 1e6).toPrecision(3)} MB, but the lab takes at most ${LIMITS.megabytes} MB; keep fewer rows.`);
  }
}

/** Before anything is computed. @param {string} name @param {number} samples of both groups @param {number} inputs */
export function checkShape(name, samples, inputs) {
  if (inputs > LIMITS.inputs) {
    throw new Unusable(`${name} has ${grouped(inputs)} inputs per sample, but the lab takes at most ${grouped(LIMITS.inputs)}; leave some out.`);
  }
  if (samples > LIMITS.samples) {
    throw new Unusable(`The two groups of ${name} have ${grouped(samples)} samples, but the lab trains on at most ${grouped(LIMITS.samples)}; keep fewer rows.`);
  }
  if (samples * inputs > LIMITS.numbers) {
    throw new Unusable(
      `The two groups of ${name} have ${grouped(samples)} samples of ${grouped(inputs)} inputs, but the lab trains on at most ${grouped(LIMITS.numbers)} numbers in all; keep fewer rows.`,
    );
  }
}
