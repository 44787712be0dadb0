// The theme fetches a search worker and the whole index with every page. Here both wait until somebody searches, or
// follows a search result whose words are to be marked (?h=), and the worker is one of our own.
{
  const own = new URL("search-worker.js", document.currentScript.src)
  const wanted = new Promise(resolve => {
    if (new URLSearchParams(location.search).get("h")) resolve()
    addEventListener("focusin", event => { if (event.target.matches?.(".md-search__input")) resolve() })
  })

  // The theme listens to keys alone: what is pasted, dictated or picked from a list of suggestions is searched for too.
  addEventListener("input", event => {
    if (event.target.matches?.(".md-search__input")) event.target.dispatchEvent(new Event("keyup"))
  })

  // From disk no worker starts from a file: there the zip of the site brings it as the text of a script.
  const fromDisk = location.protocol === "file:" && new Promise(resolve => {
    const script = document.createElement("script")
    script.src = new URL("../../search/worker.js", own)
    script.onload = () => resolve(URL.createObjectURL(new Blob([__worker])))
    wanted.then(() => document.head.append(script))
  })

  const Real = Worker
  window.Worker = class extends EventTarget {
    asked = []
    real = wanted.then(() => fromDisk || own).then(address => {
      const worker = new Real(address)
      worker.addEventListener("message", ({ data }) => {
        this.dispatchEvent(new MessageEvent("message", { data }))
        // by now the answer is on the page: say to which query, for whoever waits for it
        if (data.type === 3) document.querySelector(".md-search-result").dataset.query = this.asked.shift()
      })
      return worker
    })
    postMessage(message) {
      if (message.type === 2) this.asked.push(message.data)
      this.real.then(worker => worker.postMessage(message))
    }
  }

  const { open, send } = XMLHttpRequest.prototype
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.isIndex = String(url).endsWith("search/search_index.json")
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (...body) {
    return this.isIndex ? void wanted.then(() => send.apply(this, body)) : send.apply(this, body)
  }
}
