// The viewer alone. boxes.js and viewer.js stand in front of this.

export default function (component) {
  const root = component.parentElement.querySelector(".viewer");
  const isFirst = !root.viewer;
  root.viewer ??= new Viewer(root);
  root.viewer.show(component.data, component.setTriggerValue);
  // So that the arrow keys work at once; never taken from a field the user types in.
  if (isFirst && document.activeElement === document.body) root.focus({ preventScroll: true });
}
