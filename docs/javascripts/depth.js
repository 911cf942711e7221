// The depth chooser: opens and marks the boxes that suit the reader's background, and remembers it.

const KEY = "racing-depth";
const form = /** @type {HTMLFormElement | null} */ (document.querySelector(".depth-chooser"));

/** @returns {string | null} */
function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden: the choice holds for this page alone
  }
}

/** @param {string} background */
function open(background) {
  const choices = form ? [...form.querySelectorAll("input")].map((input) => input.value) : [];
  for (const details of document.querySelectorAll("details")) {
    if (!choices.some((choice) => details.classList.contains(choice))) continue;
    details.open = details.classList.contains(background);
    details.classList.toggle("is-chosen", details.open);
  }
}

if (form) {
  const before = remembered();
  const input = [...form.querySelectorAll("input")].find(({ value }) => value === before);
  if (input) {
    input.checked = true;
    open(input.value);
  }
  form.addEventListener("change", () => {
    const background = String(new FormData(form).get("depth"));
    open(background);
    try {
      localStorage.setItem(KEY, background);
    } catch {
      // see above
    }
  });
}
