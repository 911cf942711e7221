// What the figures take of Vega, in a file of its own, which comes with the first live figure.
export { loader, parse, Transform, View } from "vega";
export { expressionInterpreter } from "vega-interpreter";
export { Handler } from "vega-tooltip";
