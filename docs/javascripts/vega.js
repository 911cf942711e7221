// What the figures take of Vega, in a file of its own, which comes with the first live figure.
export { default } from "vega-embed";
