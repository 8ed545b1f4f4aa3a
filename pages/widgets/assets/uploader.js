// Streams files to the server's upload route, one after the other, with progress.
// First it asks the page for an address ("wanted"); once the data has one, it sends the files there.

class Uploader {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.zone = this.find(".zone");
    this.find("input").onchange = (event) => this.choose(event.target.files);
    // Before the page answers there is no request to abort.
    this.find(".cancel").onclick = () => (this.request ? this.request.abort() : this.fail(""));
    for (const name of ["dragenter", "dragover"]) {
      this.zone.addEventListener(name, (event) => {
        event.preventDefault();
        this.zone.classList.add("over");
      });
    }
    this.zone.addEventListener("dragleave", () => this.zone.classList.remove("over"));
    this.zone.addEventListener("drop", (event) => {
      event.preventDefault();
      this.zone.classList.remove("over");
      this.choose(event.dataTransfer.files);
    });
  }

  show(data, send) {
    this.data = data;
    this.send = send;
    this.find("input").accept = data.accept;
    this.find("input").multiple = data.is_many;
    this.find(".wish").textContent = data.wish;
    this.find(".hint").textContent = data.hint;
    // Not for the address of an earlier choice, which the page is about to replace.
    if (this.files && data.url && data.url !== this.old_url && !this.request) this.put(data.url);
  }

  choose(chosen) {
    const files = [...chosen].slice(0, this.data.is_many ? undefined : 1);
    if (!files.length) return;
    this.total = files.reduce((bytes, file) => bytes + file.size, 0);
    if (this.total > this.data.limit_bytes) return this.refuse(this.data.too_large);
    this.files = files;
    this.next = this.sent = 0;
    this.old_url = this.data.url;
    this.find(".refused").hidden = true;
    this.zone.hidden = true;
    this.find(".progress").hidden = false;
    this.find(".name").textContent = files.length === 1 ? files[0].name : `${files.length} files`;
    this.progress(0);
    this.send("wanted", { name: files[0].name, bytes: this.total, files: files.length });
  }

  put(url) {
    const file = this.files[this.next];
    const request = new XMLHttpRequest();
    this.request = request;
    request.open("PUT", url);
    request.setRequestHeader("X-Xsrftoken", cookie("_streamlit_xsrf"));
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.upload.onprogress = (event) => this.progress(event.loaded);
    request.onload = () => (request.status === 200 ? this.done(url) : this.fail(reasonOf(request)));
    request.onerror = () => this.fail("The connection to the server was lost. Choose the file again.");
    request.onabort = () => this.fail("");
    request.send(file);
  }

  progress(bytes) {
    const sent = Math.min(this.sent + bytes, this.total);
    this.find("progress").value = sent / Math.max(1, this.total);
    const mebibytes = (amount) => (amount / 2 ** 20).toFixed(1);
    this.find(".share").textContent = `${mebibytes(sent)} of ${mebibytes(this.total)} MiB`;
  }

  done(url) {
    const { name } = JSON.parse(this.request.responseText);
    this.sent += this.files[this.next].size;
    this.next += 1;
    if (this.next < this.files.length) return this.put(url);
    this.reset();
    this.send("received", name);
  }

  fail(reason) {
    this.reset();
    if (reason) this.refuse(reason);
    this.send("failed", true);
  }

  refuse(reason) {
    this.find(".refused").textContent = reason;
    this.find(".refused").hidden = false;
  }

  reset() {
    this.request = this.files = null;
    this.find("input").value = "";
    this.zone.hidden = false;
    this.find(".progress").hidden = true;
  }
}

function cookie(name) {
  const entry = document.cookie.split("; ").find((text) => text.startsWith(`${name}=`));
  return entry ? decodeURIComponent(entry.slice(name.length + 1)) : "";
}

function reasonOf(request) {
  try {
    const { message, remedy } = JSON.parse(request.responseText).error;
    return `${message} ${remedy}`;
  } catch {
    return `The server refused the file (status ${request.status}). Choose it again.`;
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".uploader");
  root.uploader ??= new Uploader(root);
  root.uploader.show(component.data, component.setTriggerValue);
}
