// Renders formulas with KaTeX: a JSON list of [formula, display] on stdin becomes one of HTML on
// stdout. A formula that KaTeX cannot read ends the program with its message.
import katex from "katex";
import { readFileSync } from "node:fs";

const formulas = JSON.parse(readFileSync(0, "utf8"));
try {
  const html = formulas.map(([formula, displayMode]) =>
    katex.renderToString(formula, { displayMode, strict: "error", throwOnError: true }));
  process.stdout.write(JSON.stringify(html));
} catch (error) {
  process.stderr.write(error.message);
  process.exitCode = 1;
}
