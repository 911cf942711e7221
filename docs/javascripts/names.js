// The theme puts a landmark of buttons on each block of code, and names none; two of them need names.

const blocks = document.querySelectorAll("pre > code").length;
let count = 0;
const coming = new MutationObserver(() => {
  for (const buttons of document.querySelectorAll(".md-code__nav:not([aria-label])"))
    buttons.setAttribute("aria-label", `Code ${++count}`);
  if (count === blocks) coming.disconnect();
});
if (blocks > 0) coming.observe(document.body, { childList: true, subtree: true });
