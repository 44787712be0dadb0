// The language switch keeps the heading you are at.
for (const link of document.querySelectorAll(".language-link")) {
  link.addEventListener("click", () => { link.hash = location.hash })
}
