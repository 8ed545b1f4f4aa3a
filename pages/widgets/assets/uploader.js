// Sends one file to the server's upload route, in a stream and with progress.
// First the page is asked for an address ("wanted"); once the data holds one, the file goes there.

class Uploader {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.zone = this.find(".zone");
    this.find("input").onchange = (event) => this.choose(event.target.files[0]);
    // Before the page has answered there is nothing to abort yet.
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
      this.choose(event.dataTransfer.files[0]);
    });
  }

  show(data, send) {
    this.data = data;
    this.send = send;
    this.find(".hint").textContent = data.hint;
    if (this.file && data.url && !this.request) this.put(data.url);
  }

  choose(file) {
    if (!file) return;
    if (file.size > this.data.limit_bytes) return this.refuse(this.data.too_large);
    this.file = file;
    this.find(".refused").hidden = true;
    this.zone.hidden = true;
    this.find(".progress").hidden = false;
    this.find(".name").textContent = file.name;
    this.progress(0);
    this.send("wanted", { name: file.name, bytes: file.size });
  }

  put(url) {
    const request = new XMLHttpRequest();
    this.request = request;
    request.open("PUT", url);
    request.setRequestHeader("X-Xsrftoken", cookie("_streamlit_xsrf"));
    request.setRequestHeader("X-File-Name", encodeURIComponent(this.file.name));
    request.upload.onprogress = (event) => this.progress(event.loaded / Math.max(1, event.total));
    request.onload = () => (request.status === 200 ? this.done() : this.fail(reasonOf(request)));
    request.onerror = () => this.fail("The connection to the server broke. Choose the file again.");
    request.onabort = () => this.fail("");
    request.send(this.file);
  }

  progress(share) {
    this.find("progress").value = share;
    const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
    this.find(".share").textContent = `${mebibytes(share * this.file.size)} of ${mebibytes(this.file.size)} MiB`;
  }

  done() {
    const { name } = JSON.parse(this.request.responseText);
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
    this.request = this.file = null;
    this.find("input").value = "";
    this.zone.hidden = false;
    this.find(".progress").hidden = true;
  }
}

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
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
