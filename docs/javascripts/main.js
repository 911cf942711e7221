// What every page loads.
import "./depth.js";
import "./figures.js";
import "./layout.js";
import "./names.js";
import "./pruning.js";
import "./scrolly.js";

export { race } from "./race.js"; // for the browser's console, and tests
