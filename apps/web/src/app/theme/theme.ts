import {
  Badge,
  Button,
  createTheme,
  InputWrapper,
  Modal,
  Popover,
  Tooltip,
  type MantineColorsTuple,
} from '@mantine/core';

/** The one accent. Deliveries and states have colours of their own, in theme.css. */
const sea: MantineColorsTuple = [
  '#e7f5f5',
  '#cfeaea',
  '#a1d7d8',
  '#70c3c5',
  '#48b1b4',
  '#229fa3',
  '#118b8f',
  '#08777b',
  '#056367',
  '#034e51',
];

const gray: MantineColorsTuple = [
  '#f8f9fa',
  '#f1f3f5',
  '#e7eaee',
  '#dbdfe5',
  '#c6ccd4',
  '#9aa3ae',
  '#5b6470',
  '#454d57',
  '#2f353d',
  '#1c2026',
];

const dark: MantineColorsTuple = [
  '#d3d8df',
  '#b4bbc5',
  '#98a1ad',
  '#6d7682',
  '#353c46',
  '#2a3039',
  '#1c2128',
  '#14181d',
  '#0f1216',
  '#0a0c0f',
];

const yellow: MantineColorsTuple = [
  '#fdf6dc',
  '#fbecb5',
  '#f6db7c',
  '#f0c93f',
  '#e6b91c',
  '#d4a30f',
  '#b3860a',
  '#8f6a05',
  '#7a5900',
  '#6b4e00',
];

const red: MantineColorsTuple = [
  '#fdeeee',
  '#fad7d7',
  '#f6b3b3',
  '#f18c8c',
  '#e96464',
  '#dc4040',
  '#cf2e2e',
  '#bf2323',
  '#a51d1d',
  '#8f1818',
];

export const theme = createTheme({
  colors: { sea, gray, dark, yellow, red },
  primaryColor: 'sea',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, 'SF Mono', Menlo, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '32px' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' }, h4: { fontSize: '13px' } },
  },
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs' } }),
    InputWrapper: InputWrapper.extend({
      styles: {
        label: { fontSize: 13, fontWeight: 550, marginBottom: 2 },
        description: { fontSize: 12, lineHeight: 1.35 },
        error: { fontSize: 12, lineHeight: 1.35 },
      },
    }),
    Badge: Badge.extend({ defaultProps: { variant: 'light', tt: 'none' } }),
    Modal: Modal.extend({
      defaultProps: {
        transitionProps: { duration: 120 },
        centered: false,
        closeButtonProps: { 'aria-label': 'Close' },
      },
    }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md', transitionProps: { duration: 80 } } }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 350, withArrow: true, events: { hover: true, focus: true, touch: false } },
    }),
  },
});
