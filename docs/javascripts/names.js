// The theme puts a landmark of buttons on each block of code, and names none; two of them need names.

let count = 0;
new MutationObserver(() => {
  for (const buttons of document.querySelectorAll(".md-code__nav:not([aria-label])"))
    buttons.setAttribute("aria-label", `Code ${++count}`);
}).observe(document.body, { childList: true, subtree: true });
