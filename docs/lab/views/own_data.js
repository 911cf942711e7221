// A visitor's own data: a file is dropped or chosen, two groups of its labels are named, and the lab
// trains on them as on any task of its own.
import { grouped } from "../../javascripts/grouped.js";
import { LIMITS, OwnData } from "../own_data.js";
import { keepSamples } from "../samples.js";
import { button, element, fill, input, say, select } from "./dom.js";
import { ownImages } from "./own_images.js";

const MOST_LABELS = 50;
const GROUPS = [
  { value: "", label: "left out" },
  { value: "a", label: "group A" },
  { value: "b", label: "group B" },
];

/** @typedef {{samples: number, inputs: number, labels: {name: string, samples: number}[]}} Read what own_data_worker.js has read */

/** @param {import("../lab.js").Lab} lab */
export function ownData(lab) {
  const view = new View(lab);
  const chosen = input("own-file");
  chosen.onchange = () => {
    const file = chosen.files?.[0];
    if (file) void view.open(file);
    chosen.value = ""; // so that the same file can be chosen again
  };
  select("own-column").onchange = () => void view.read();
  button("own-train").onclick = () => void view.train();
  const { megabytes, samples, inputs, numbers } = LIMITS;
  const [most, wide, all] = [samples, inputs, numbers].map(grouped);
  say(element("own-limits", HTMLElement), `At most ${megabytes} MB, ${most} samples, ${wide} inputs, and ${all} numbers in all.`);
  const page = element("lab", HTMLElement);
  page.addEventListener("dragover", (event) => {
    event.preventDefault();
    page.classList.add("is-target");
  });
  for (const end of ["dragleave", "drop"]) page.addEventListener(end, () => page.classList.remove("is-target"));
  page.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) void view.open(file);
  });
}

class View {
  #lab;
  #data = new OwnData();
  #said = element("own-said", HTMLElement);
  #choice = element("own-choice", HTMLElement);
  #groups = element("own-groups", HTMLElement);
  #images;
  /** @type {File | undefined} */
  #file;
  /** @type {Read | undefined} */
  #read;
  #taken = 0;

  /** @param {import("../lab.js").Lab} lab */
  constructor(lab) {
    this.#lab = lab;
    this.#images = ownImages(lab, this.#data);
  }

  /** @param {File} file */
  async open(file) {
    this.#file = file;
    this.#forget();
    this.#choice.hidden = true;
    element("own-title", HTMLElement).scrollIntoView({ block: "nearest" });
    await this.#attempt(`Reading ${file.name} ...`, async () => {
      /** @type {string[]} */
      const columns = await this.#data.ask("columns", { file });
      fill(select("own-column"), columns.map((name) => ({ value: name, label: name })));
      if (columns.length > 0) select("own-column").selectedIndex = columns.length - 1;
      element("own-column-row", HTMLElement).hidden = columns.length === 0;
      this.#choice.hidden = columns.length === 0;
      await this.#readNow(file);
    });
  }

  /** Reads the file again: the labels stand in another column. */
  async read() {
    const file = this.#file;
    if (file) await this.#attempt(`Reading ${file.name} ...`, () => this.#readNow(file));
  }

  /** @param {File} file */
  async #readNow(file) {
    this.#forget();
    /** @type {Read} */
    const read = await this.#data.ask("read", { file, label: select("own-column").value });
    if (file !== this.#file) return;
    const { samples, inputs, labels } = read;
    const counts = `${file.name}: ${grouped(samples)} samples of ${grouped(inputs)} inputs`;
    if (labels.length < 2) throw new Error(`${counts}, but all have the label ${labels[0].name}; add samples of another label.`);
    if (labels.length > MOST_LABELS) {
      throw new Error(`${counts}, but ${grouped(labels.length)} different labels, where the lab takes at most ${MOST_LABELS}.`);
    }
    this.#read = read;
    this.#groups.append(...labels.map(groupOf));
    this.#choice.hidden = false;
    button("own-train").disabled = false;
    say(this.#said, `${counts}. Which labels form the two groups?`);
  }

  /** What was read before is not what is trained on. */
  #forget() {
    this.#read = undefined;
    this.#groups.replaceChildren();
    button("own-train").disabled = true;
  }

  async train() {
    const [file, read] = [this.#file, this.#read];
    if (!file || !read) return;
    const choices = [...this.#groups.querySelectorAll("select")];
    const group = (/** @type {string} */ value) => read.labels.filter((_, i) => choices[i].value === value).map(({ name }) => name);
    const [groupA, groupB] = [group("a"), group("b")];
    if (this.#lab.replaying) return say(this.#said, "This page cannot train: what it shows was recorded.");
    if (groupA.length === 0 || groupB.length === 0) return say(this.#said, "Each group needs at least one label.");
    await this.#attempt("Turning the samples into their span ...", async () => {
      const { x, labels, inputs, rank, names } = await this.#data.ask("take", { groupA, groupB });
      this.#taken += 1;
      const task = {
        name: `own-${this.#taken}`, task: file.name, group_a: groupA, group_b: groupB, per_class: 0, x: "",
        samples: labels.length, inputs, rank, labels,
        own: {
          label: select("own-column").selectedIndex === names.length ? "" : select("own-column").value,
          names,
          fold: (/** @type {Float32Array} */ w_in, /** @type {Float32Array} */ b) => this.#data.ask("fold", { w_in, b }),
        },
      };
      // Only the newest one: what a task was made of is kept in one place, see own_data_worker.js.
      this.#lab.shipped.tasks = [...this.#lab.shipped.tasks.filter(({ own }) => !own), task];
      keepSamples(task, x);
      await this.#lab.reset({ task: task.name, ticket: [], points: "", bets: [] });
      say(
        this.#said,
        `The lab now trains on ${grouped(labels.length)} samples of ${file.name}, in ${rank === 1 ? "1 dimension" : `${grouped(rank)} dimensions`}: ${groupA.join(" + ")} against ${groupB.join(" + ")}. Press Play.`,
      );
      await this.#images(task);
    });
  }

  /** @param {string} doing @param {() => Promise<void>} work */
  async #attempt(doing, work) {
    say(this.#said, doing);
    try {
      await work();
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      const other = this.#choice.hidden || this.#read ? "" : " If the labels stand in another column, choose it below.";
      say(this.#said, message + other);
    }
  }
}

/** The choice of a label's group: of two labels one each. @param {{name: string, samples: number}} label @param {number} i */
function groupOf({ name, samples }, i) {
  const row = document.createElement("label");
  const choice = document.createElement("select");
  fill(choice, GROUPS);
  choice.value = ["a", "b"][i] ?? "";
  row.append(`${name} (${grouped(samples)}) `, choice);
  return row;
}
