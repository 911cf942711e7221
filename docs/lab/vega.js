// What the charts of the lab take of Vega, in a file of its own: the lab's controls do not wait for it.
export { parse, View } from "vega";
export { expressionInterpreter } from "vega-interpreter";
