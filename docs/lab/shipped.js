// What the site ships for the lab: lab.json, which Python writes, and files.json, in which the build
// lists the other files that the lab asks for.
import { fetchedJson } from "./fetched.js";

const LAB = "data/lab/lab.json";
const BUILT = "assets/lab/files.json";

/** @typedef {import("./experiment.js").Shipped} Shipped */

/**
 * Both, checked. The paths in `files` start at the root of the site.
 * @returns {Promise<Shipped>}
 */
export async function shipped() {
  const [lab, built] = await Promise.all([fetchedJson(LAB), fetchedJson(BUILT)]);
  const whole = lab?.tasks?.length > 0 && lab.recording?.length > 0 && lab.defaults && lab.constants && lab.files;
  if (!whole) throw new Error(`${LAB} is not what this page was made with.`);
  const own = Object.entries(lab.files).map(([name, expected]) => [`data/lab/${name}`, expected]);
  return { ...lab, files: { ...built, ...Object.fromEntries(own) } };
}
