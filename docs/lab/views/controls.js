// The experiment's controls: what they show follows the state, what they change goes through it.
import { button, element, fill, input, say, select, short } from "./dom.js";
import { defaults, INITS, LIMITS, OPTIMIZERS } from "../experiment.js";

/** Sliders whose numbers run over powers of ten. @type {Record<string, boolean>} */
const LOGARITHMIC = { init_scale: true, lr: true };

/** @param {import("../lab.js").Lab} lab */
export function controls(lab) {
  fill(select("init"), Object.entries(INITS).map(([value, label]) => ({ value, label })));
  fill(select("optimizer"), Object.entries(OPTIMIZERS).map(([value, { label }]) => ({ value, label })));
  select("task").onchange = () => void lab.reset({ task: select("task").value, ticket: [], points: "" });
  select("init").onchange = () => lab.resetSoon({ init: /** @type {any} */ (select("init").value) });
  select("optimizer").onchange = () => {
    const optimizer = /** @type {keyof typeof OPTIMIZERS} */ (select("optimizer").value);
    const { lr, steps } = OPTIMIZERS[optimizer].suits ?? lab.shipped.defaults;
    lab.resetSoon({ optimizer, lr, steps });
  };
  input("bias").onchange = () => lab.resetSoon({ bias: input("bias").checked });
  button("article").onclick = () => void lab.reset({ ...defaults(lab.shipped), plane: lab.experiment.plane });
  for (const [name, { min, max }] of Object.entries(LIMITS)) {
    const slider = input(name);
    const log = LOGARITHMIC[name];
    slider.min = String(log ? Math.log10(min) : min);
    slider.max = String(log ? Math.log10(max) : max);
    slider.oninput = () => {
      const at = Number(slider.value);
      lab.resetSoon({ [name]: log ? Number((10 ** at).toPrecision(3)) : at });
    };
  }

  lab.on("experiment", () => show(lab));
  show(lab);
}

/** @param {import("../lab.js").Lab} lab */
function show(lab) {
  const { experiment } = lab;
  const tasks = lab.shipped.tasks.map((task) => ({ value: task.name, label: title(task) }));
  if (tasks.at(-1)?.value !== [...select("task").options].at(-1)?.value) fill(select("task"), tasks);
  select("task").value = experiment.task;
  select("init").value = experiment.init;
  select("optimizer").value = experiment.optimizer;
  input("bias").checked = experiment.bias;
  const edge = lab.shipped.constants.no_race[experiment.init];
  element("edge", HTMLElement).hidden = experiment.init_scale < edge;
  for (const name of /** @type {(keyof typeof LIMITS)[]} */ (Object.keys(LIMITS))) {
    const value = experiment[name];
    const slider = input(name);
    slider.value = String(LOGARITHMIC[name] ? Math.log10(value) : value);
    slider.setAttribute("aria-valuetext", short(value));
    say(element(`${name}-value`, HTMLElement), short(value));
  }
  const { group_a, group_b } = lab.task;
  say(element("legend-a", HTMLElement), `votes for ${group_a.join(" + ")}`);
  say(element("legend-b", HTMLElement), `votes for ${group_b.join(" + ")}`);
  // A recorded run is what it is.
  for (const id of ["task", "init", "optimizer", "bias", "article", ...Object.keys(LIMITS)]) {
    /** @type {HTMLInputElement} */ (document.getElementById(id)).disabled = lab.replaying;
  }
}

/** @param {import("../experiment.js").Task} task */
function title({ task, group_a, group_b }) {
  const kind = { cifar10: "CIFAR-10", digits: "Digits", playground: "2-D playground" }[task] ?? task;
  return `${kind}: ${group_a.join(" + ")} against ${group_b.join(" + ")}`;
}
