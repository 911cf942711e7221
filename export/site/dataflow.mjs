// Parses Vega specs: a JSON list of them on stdin becomes one of dataflows on stdout, which a browser
// runs without Vega's parser (docs/lab/vega.js). Expressions come as trees, to be interpreted.
import { readFileSync } from "node:fs";
import { parse } from "vega";

const specs = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(specs.map((spec) => parse(spec, undefined, { ast: true }))));
