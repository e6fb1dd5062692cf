// A JupyterLab extension without a build step: `course demo` loads it, and nothing else does. It runs the
// notebook that is opened as soon as its kernel is there, and leaves on the screen only what the cells show.
"use strict";

(() => {
  const STYLE = `
    .jp-SideBar, #jp-top-panel, #jp-menu-panel, #jp-top-bar, #jp-main-statusbar, #jp-bottom-panel,
    .jp-NotebookPanel-toolbar, .jp-NotebookPanel-footer, .jp-Notebook-footer, .jp-cell-toolbar,
    .jp-CodeCell > .jp-Cell-inputWrapper, .jp-InputPrompt, .jp-OutputPrompt, .jp-OutputArea-promptOverlay,
    .jp-Collapser { display: none !important; }
    #jp-main-content-panel { inset: 0 !important; width: 100vw !important; height: 100vh !important; }
    .jp-Notebook .jp-Cell { border: none !important; padding: 0 !important; }
    .jp-WindowedPanel-outer { padding: 12px 24px !important; }
    .jp-WindowedPanel-viewport { zoom: 1.2; }
    .jp-Cell-outputWrapper, .jp-Notebook .jp-Cell { outline: none !important; box-shadow: none !important; }
    .jp-OutputArea-output { overflow: visible; }
    body, .jp-LabShell, #jp-main-content-panel, #jp-main-split-panel, #jp-main-vsplit-panel { background-color: var(--jp-layout-color0); }`;

  function whenNotebookIsReady(app, then) {
    const panel = app.shell.currentWidget;
    if (panel?.sessionContext && panel.context) {
      Promise.all([panel.context.ready, panel.sessionContext.ready]).then(() => then(panel));
    } else {
      setTimeout(() => whenNotebookIsReady(app, then), 100);
    }
  }

  const plugin = {
    id: "course-demo:run",
    autoStart: true,
    activate(app) {
      document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
      app.restored.then(() =>
        whenNotebookIsReady(app, () => {
          window.dispatchEvent(new Event("resize"));
          app.commands.execute("notebook:run-all-cells");
        }),
      );
    },
  };
  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB["course-demo"] = { init() {}, get: async () => () => ({ __esModule: true, default: plugin }) };
})();
