// The lottery ticket: only the neurons that are kept train again, from their own start or a new one.
import { button, element, say } from "./dom.js";

/**
 * @param {import("../lab.js").Lab} lab
 * @param {() => Promise<number[]>} kept the neurons that pruning leaves, the strongest first
 */
export function ticket(lab, kept) {
  const state = element("ticket-state", HTMLElement);
  /** What trains, while it does. */
  let training = "";
  lab.on("still", () => {
    const { frame } = lab;
    if (training && frame && frame.step > 0)
      say(state, `${training} At step ${frame.step.toLocaleString("en")}: loss ${frame.loss.toFixed(4)}, accuracy ${(100 * frame.accuracy).toFixed(1)} %.`);
  });
  lab.on("start", () => {
    training = "";
    say(state, "");
    for (const id of ["ticket", "redraw"]) button(id).disabled = lab.replaying;
  });
  button("ticket").onclick = async () => {
    const { ticket } = lab.experiment;
    const winners = (await kept()).map((i) => ticket[i] ?? i).sort((a, b) => a - b);
    await lab.reset({ ticket: winners, bets: [] });
    training = `The ${winners.length} winners stand at their own start again, without the others.`;
    say(state, training);
    await lab.play();
  };
  button("redraw").onclick = async () => {
    const { ticket, seed } = lab.experiment;
    const width = ticket.length || (await kept()).length;
    const neurons = Array.from({ length: width }, (_, i) => i);
    await lab.reset({ ticket: neurons, seed: (seed + 1) % 2 ** 32, bets: [] });
    training = `As a control: ${width} neurons with a newly drawn start.`;
    say(state, training);
    await lab.play();
  };
}
