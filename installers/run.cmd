@echo off
rem Starts SynCohort; the first time it makes an environment of its own in .venv (or %SYNCOHORT_ENV%).
setlocal
set "here=%~dp0"
for %%I in ("%here%..") do set "project=%%~fI"
set "environment=%project%\.venv"
if defined SYNCOHORT_ENV set "environment=%SYNCOHORT_ENV%"
rem Nothing of the caller's Python set-up, and no folder called "app" where we happen to stand.
set PYTHONPATH=
set PYTHONHOME=
set PYTHONSAFEPATH=1
set "suits=import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"

set python="%environment%\Scripts\python.exe"
%python% -c "%suits%" >nul 2>nul && goto found
for %%P in ("py -3.13" "py -3.12" "py -3.11" "python" "python3") do (
  set python=%%~P
  %%~P -c "%suits%" >nul 2>nul && goto found
)
echo SynCohort needs Python 3.11, 3.12 or 3.13 and found none: install one from https://www.python.org/downloads/ and start this again.
goto failed

:found
%python% "%here%prepare.py" "%environment%" --window || goto failed
start "" "%environment%\Scripts\syncohort.exe" %*
exit /b 0

:failed
pause
exit /b 1
