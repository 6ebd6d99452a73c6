// How everything looks: one accent, calm greys, small sizes, the viewer's own fonts.
import { Alert, Button, createTheme, type MantineColorsTuple } from "@mantine/core";

const iris: MantineColorsTuple = [
  "#eef0fd", "#dde1f9", "#bac2f1", "#94a1e9", "#7585e3", "#6172df", "#5264dc", "#4353c0", "#3a4aac", "#2e3c92",
];
const dark: MantineColorsTuple = [
  "#e6e8ee", "#c2c7d3", "#9aa1b2", "#7d8597", "#444b5a", "#2c313c", "#20242d", "#171a21", "#111319", "#0b0d11",
];

/** What Mantine's colours are called here, where words stand on them: its own are too pale to be read. */
const WORDS: Record<string, string> = { red: "bad", yellow: "warn", orange: "warn", green: "good", blue: "info", iris: "info" };
const alertVars = (color: unknown) => {
  const tone = WORDS[String(color)];
  return tone ? { "--alert-color": `var(--hl-${tone})`, "--alert-bg": `var(--hl-${tone}-soft)` } : {};
};
const buttonVars = (variant: unknown, color: unknown) => (variant === "subtle" && color === "red" ? { "--button-color": "var(--hl-bad)" } : {});

export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 7, dark: 6 },
  colors: { iris, dark },
  // Nothing is loaded: Inter where the viewer has it, else what their system speaks.
  fontFamily: "Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace",
  defaultRadius: "md",
  cursorType: "pointer",
  autoContrast: true,
  headings: {
    fontWeight: "640",
    sizes: {
      h1: { fontSize: "1.3125rem", lineHeight: "1.3" },
      h2: { fontSize: "0.9375rem", lineHeight: "1.4" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.4" },
    },
  },
  components: {
    Alert: Alert.extend({ vars: (_, { color }) => ({ root: alertVars(color) }) }),
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    PasswordInput: { defaultProps: { visibilityToggleButtonProps: { "aria-label": "Show what is typed", tabIndex: 0 } } },
    Button: Button.extend({ defaultProps: { size: "sm" }, vars: (_, { variant, color }) => ({ root: buttonVars(variant, color) }) }),
    TextInput: { defaultProps: { size: "sm" } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { "aria-label": "Close" } } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
});
