// The language switch keeps the heading you are at.
for (const link of document.querySelectorAll(".language-link")) {
  link.addEventListener("click", () => { link.hash = location.hash })
}
// A figure that is wider than a phone can be moved with the keyboard too.
for (const images of document.querySelectorAll(".figure > p")) {
  if (images.scrollWidth > images.clientWidth) images.tabIndex = 0
}
