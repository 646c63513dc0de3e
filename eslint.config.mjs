import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      ...['**/dist/', 'node_modules/', '.holdfast/', 'bench-results/', 'coverage/', 'test/architecture/violations/'],
      'libs/client/src/schema.ts', // generated, with the document's sentences as they are
    ],
  },
  // The few scripts in JavaScript are in no tsconfig: their lines are checked, their types are not.
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Repositories and decorated use cases are asynchronous by contract, whether or not this one awaits.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  // What runs on a terminal speaks to it.
  {
    files: [
      'apps/start/**',
      'apps/demo/**',
      'apps/bench/**',
      'libs/testbed/**',
      'apps/api/src/create-admin.ts',
      'test/**',
    ],
    rules: { 'no-console': 'off' },
  },
  // A story over HTTP looks at what came back, whatever it is; a wrong shape fails the expectation.
  {
    files: ['test/system/**', 'test/support/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  prettier,
  // Prettier does not wrap comments. Its configuration above switches max-len off, so this one comes after it.
  {
    rules: {
      'max-len': [
        'error',
        {
          code: 120,
          ignoreUrls: true,
          ignoreStrings: true,
          ignoreTemplateLiterals: true,
          ignoreRegExpLiterals: true,
        },
      ],
    },
  },
);
