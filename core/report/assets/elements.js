// Makes elements from values. Text is never markup, and styles are set as properties, which the policy allows.

function make(tag, properties = {}, ...children) {
  const { className, data, style, on, ...attributes } = properties;
  const element = document.createElement(tag);
  if (className) element.className = className;
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(style ?? {})) element.style.setProperty(name, value);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  if (on) element.onclick = on;
  element.append(...children.filter((child) => child !== null));
  return element;
}

function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function find(selector) {
  return document.querySelector(selector);
}

function setText(selector, text) {
  const element = find(selector);
  element.textContent = text;
  element.hidden = !text;
}
