// The viewer as a component. boxes.js and viewer.js come before this script.

export default function (component) {
  const root = component.parentElement.querySelector(".viewer");
  const isFirst = !root.viewer;
  root.viewer ??= new Viewer(root);
  root.viewer.show(component.data, component.setTriggerValue);
  // Makes the arrow keys work at once; a field that the user types in keeps the focus.
  if (isFirst && document.activeElement === document.body) root.focus({ preventScroll: true });
}
