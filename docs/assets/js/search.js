// The theme fetches its search worker and the whole index with every page. Here both wait until somebody
// searches, or follows a search result whose words are to be highlighted (?h=).
{
  const wanted = new Promise(resolve => {
    if (new URLSearchParams(location.search).has("h")) resolve()
    else addEventListener("focusin", event => { if (event.target.matches?.(".md-search__input")) resolve() })
  })

  const Eager = Worker
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.real = wanted.then(() => {
        const worker = new Eager(url)
        worker.addEventListener("message", event => this.dispatchEvent(new MessageEvent("message", { data: event.data })))
        return worker
      })
    }
    postMessage(message) { this.real.then(worker => worker.postMessage(message)) }
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
