// Starts the console.
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/styles.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { keepFocus } from "./app/focus";

const root = document.getElementById("root");
if (!root) throw new Error("the page has no place for the console");
createRoot(root).render(<StrictMode><App /></StrictMode>);
keepFocus();
