// Finds the site for a page "not found" that was built without SITE_URL and is shown at any address below it:
// whichever copy of this file was found, the root of the site is some folders above it.
{
  if (!document.querySelector("base")) {
    const base = document.createElement("base")
    const up = document.documentElement.lang === "ko" ? "../../" : "../../../"
    base.href = new URL(up, document.currentScript.src)
    document.head.prepend(base)
  }
  const config = document.getElementById("__config")
  if (config) config.textContent = JSON.stringify({ ...JSON.parse(config.textContent), base: document.baseURI })
}
