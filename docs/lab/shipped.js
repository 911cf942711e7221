// What the site ships for the lab: lab.json, which Python writes, and files.json, in which the build
// lists the other files that the lab asks for.
import { fault, fetched, fetchedJson, parsed } from "./fetched.js";

const LAB = "data/lab/lab.json";
const BUILT = "assets/lab/files.json";

/** @typedef {import("./experiment.js").Shipped} Shipped */

/**
 * Both, checked. The paths in `files` start at the root of the site.
 * @returns {Promise<Shipped>}
 */
export async function shipped() {
  const [early, built] = await Promise.all([fetched(LAB), fetchedJson(BUILT)]);
  const expected = built?.[LAB];
  if (!expected) throw new Error(`${BUILT} is not what this page was made with.`);
  // It came beside its own hash; where it does not fit, the browser's cache may hold another version.
  const lab = parsed((await fault(early, LAB, expected)) ? await fetched(LAB, expected) : early, LAB);
  const own = Object.entries(lab.files).map(([name, expected]) => [`data/lab/${name}`, expected]);
  return { ...lab, files: { ...built, ...Object.fromEntries(own) } };
}
