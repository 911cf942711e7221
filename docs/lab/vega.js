// @ts-nocheck: the parts of Vega come without types
// What the charts of the lab take of Vega, in a file of its own: the lab's controls do not wait for it.
// The specs have been parsed when the site was built, so the parser stays out, and with it the
// transforms that no chart of the lab uses: maps, trees, forces.
import { Dataflow, Transform, transforms } from "vega-dataflow";
import * as encode from "vega-encode";
import * as data from "vega-transforms";
import * as view from "vega-view-transforms";

Object.assign(transforms, data, encode, view);

export { expressionInterpreter } from "vega-interpreter";
export { View } from "vega-view";
export { Dataflow, Transform };
